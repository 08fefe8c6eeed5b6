"""What people run: set-up before anything is installed (standard library only), and the screenshots."""
