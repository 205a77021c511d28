"""What was found, for people: tables, instances in words, documents with pictures, scripts, a pytest plugin."""
