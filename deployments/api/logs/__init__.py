"""What deployments say, for programs: a page of lines at a time, or all of it as it comes."""
