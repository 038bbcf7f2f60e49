"""The package made ready to go elsewhere: as a folder, as one file, as a layer of AWS Lambda.

- `vendoring`: a copy of the folder in another tree, that can be updated.
- `bundling`: the whole in one file; `bundle_modules` is what runs in it.
- `layer`: a zip for AWS Lambda.
- `contents`: the files of a copy.  `parts` says which of them it may leave out,
  `public_names` takes the names of these back, `sources` reads our own files.
- `trial`: whether what was made works, in an isolated interpreter.

No copy has this part itself.
"""
