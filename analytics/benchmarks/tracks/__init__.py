"""One file per track: it maps the columns of a public data set to the product's detectors and back."""
