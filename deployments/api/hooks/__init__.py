"""Where GitHub, GitLab and other programs say that something was pushed."""
