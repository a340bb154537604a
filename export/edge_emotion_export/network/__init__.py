"""The trained network before conversion: its layout, its cost, its fine-tuning for int8."""
