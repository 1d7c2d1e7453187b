"""The registry as a folder of files that Git keeps: written, judged, read back; edits of either side are not lost."""
