"""Data without a download, and image files of the usual sets from a folder that the user names."""
