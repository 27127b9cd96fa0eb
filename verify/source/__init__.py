"""Where C text comes from: files, directories, git revisions."""
