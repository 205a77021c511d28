"""The same questions of networks too large to enumerate, with torch: statistical where they must be, and said so."""
