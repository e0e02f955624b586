"""What the features of a table tell about a column, on held-out records. Techniques that know no requirement."""
