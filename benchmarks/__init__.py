"""What Vitals costs and how much it bears, measured with every part real (docs/performance.md)."""
