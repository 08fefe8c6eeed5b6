"""What tests of several apps share: real processes of the product, started for them."""
