"""From proved files to a bundle: manifest, model card, container."""
