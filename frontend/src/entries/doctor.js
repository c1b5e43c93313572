// The doctor's pages.
