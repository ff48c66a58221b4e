"""The demo cities: made from open data, loaded through the gateway's API."""
