"""The five objectives of UrbanMFM, and all of them at once."""
