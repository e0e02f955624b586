"""What can be judged: datasets, models, files and the systems made of them."""
