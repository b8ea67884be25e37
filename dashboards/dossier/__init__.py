"""One partner in facts and words, for its page and for the packs of its reviews: no drawing."""
