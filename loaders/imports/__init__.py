"""What all imports of a bank's or shop's own files share.

- `codes`: the codes of the contract.
- `originals`: what a file is by its first bytes, and its copy.
- `proof`: rows and money in and out.
- `staged`: deliveries in a hidden folder, and their way into the inbox.
- `workplace`: the hidden folder in which an import works.
- `trace`: the way from a delivered line back to the original.
"""
