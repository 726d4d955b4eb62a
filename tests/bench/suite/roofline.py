"""Draws a roofline plot of the measured performance.

Williams, Waterman and Patterson (2009), "Roofline: an insightful visual performance model for multicore
architectures", Commun. ACM 52(4)."""

# Floating-point operations per cell of each kernel, counted in its source.
FLOPS = {"heat3d": 13, "heat2d": 9, "wave": 3 * (4 * 2) + 3 * 4 + 5}
# Memory traffic in bytes per cell and step if each step passes over all fields: the values that are read, the values that
# are written, and the write-allocate reads of the latter.
BYTES = {"heat3d": 24, "heat2d": 24, "wave": 40}


def draw(medians, limits, path):
    """Writes the plot as a PNG file. @return whether it was written: False if matplotlib is not installed."""
    try:
        import matplotlib
        matplotlib.use("Agg")
        from matplotlib import pyplot
    except ImportError:
        return False
    figure, axes = pyplot.subplots(figsize=(9, 6), dpi=130)
    intensity = [2.0**(e / 16) for e in range(-80, 81)]
    peak = limits["peak_fma_gflops"]
    for name, key in (("memory", "stream_triad_gbs"), ("L3", "l3_triad_gbs"), ("L2", "l2_triad_gbs"),
                      ("L1", "l1_triad_gbs")):
        bandwidth = limits[key]
        axes.plot(intensity, [min(peak, i * bandwidth) for i in intensity], color="0.6", linewidth=1)
        axes.annotate(f"{name} {bandwidth:.0f} GB/s", (intensity[0], intensity[0] * bandwidth),
                      textcoords="offset points", xytext=(4, 4), fontsize=8, color="0.4")
    axes.axhline(peak, color="0.4", linewidth=1)
    axes.annotate(f"fused multiply-add {peak:.0f} GFLOP/s", (1, peak), textcoords="offset points",
                  xytext=(0, 4), fontsize=8, color="0.4")
    axes.axhline(limits["peak_add_gflops"], color="0.7", linewidth=1, linestyle="--")
    axes.annotate(f"additions alone {limits['peak_add_gflops']:.0f} GFLOP/s", (1, limits["peak_add_gflops"]),
                  textcoords="offset points", xytext=(0, 4), fontsize=8, color="0.5")

    markers = {"tessera": ("o", "C0"), "blocked": ("s", "C2"), "streaming": ("^", "C4"), "mpi": ("v", "C1"),
               "petsc": ("x", "C3")}
    seen = set()
    for name, value in medians.items():
        kind, *rest = name.split("/")
        if kind not in FLOPS or len(rest) != 2 or rest[1] not in markers:
            continue
        marker, colour = markers[rest[1]]
        flops = FLOPS[kind]
        x, y = flops / BYTES[kind], value * flops / 1e3
        axes.plot([x], [y], marker, color=colour, markersize=6,
                  label=rest[1] if rest[1] not in seen else None)
        seen.add(rest[1])
        if rest[1] == "tessera":
            label = {"heat3d": f"{rest[0]}³", "heat2d": f"{rest[0]}²", "wave": f"wave {rest[0]}³"}[kind]
            axes.annotate(label, (x, y), textcoords="offset points", xytext=(7, -3), fontsize=8)
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.set_xlabel("flop per byte of memory traffic, if each step passes over all fields once")
    axes.set_ylabel("GFLOP/s, all ranks")
    axes.set_title("Points above the memory line compute several steps per pass over memory", fontsize=10)
    axes.legend(loc="lower right", fontsize=8)
    axes.grid(True, which="major", color="0.92")
    figure.tight_layout()
    figure.savefig(path)
    return True
