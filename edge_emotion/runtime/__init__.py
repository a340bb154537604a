"""From windows to reports: normalisation, inference, decision; and the asyncio rim around the pure pipeline."""
