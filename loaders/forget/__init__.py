"""`tieout forget`: overwriting what identifies a person in bronze."""
