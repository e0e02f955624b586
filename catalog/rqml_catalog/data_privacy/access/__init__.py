"""Files that hold data: where they lie, who owns them, who may read them. Techniques that know no requirement."""
