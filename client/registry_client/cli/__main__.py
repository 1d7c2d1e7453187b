"""`python -m registry_client.cli`."""

from registry_client.cli.start import main

if __name__ == "__main__":
    main()
