"""`manage.py up`: everything in one terminal. Checks, set-up, the processes, and their end.

`run.py` tells the story; `supervisor.py` keeps processes alive and stops them; `programs.py` says which there are.
Nothing here imports Django: set-up steps that need it run as a process of their own (`manage.py prepare`).
"""
