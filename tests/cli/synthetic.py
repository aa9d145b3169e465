"""Result files made by hand, with known laws in them."""
import os

import xarray as xr

ROOT = {"title": "synthetic", "weft_version": "0", "status": "complete", "seed": 1, "date": "2000-01-01T00:00:00Z"}


def write_file(folder, name, variables, coordinates, text="", **attributes):
    """A netCDF-4 file as weft writes them. variables: {name: (dims, values, attributes)}; text: the resolved input."""
    os.makedirs(folder, exist_ok=True)
    data = xr.Dataset(variables, coords=coordinates, attrs={**ROOT, "input": text, **attributes})
    path = os.path.join(folder, name)
    data.to_netcdf(path, engine="netcdf4")
    return path
