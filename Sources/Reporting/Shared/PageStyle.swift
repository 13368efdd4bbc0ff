/// The look of reports and charts.
enum PageStyle {
  /// How many colors, and dashes, series have.
  static let colors = 8

  /// What a chart needs, alone or on a page.
  static let chart = """
    svg.chart, .plot, .legend { font: 11px system-ui, sans-serif; --ink: #1c1b1a; --soft: #6f6b66; --rule: #e6e2dc;
      --c0: #b3402a; --c1: #1f6f78; --c2: #8a6d1d; --c3: #5b4a8a; --c4: #2f8a3e; --c5: #b0438f;
      --c6: #2b62c4; --c7: #5a5650; --shade: #f2d9b8; --halo: #ffffff; }
    @media (prefers-color-scheme: dark) { svg.chart, .plot, .legend { --ink: #ece8e2; --soft: #a09a92;
      --rule: #383532; --c0: #f08a6c; --c1: #6cc3cc; --c2: #d9b95b; --c3: #b3a2e6; --c4: #74cf83;
      --c5: #ee8fd0; --c6: #7fa8f5; --c7: #b9b3ab; --shade: #4a3a22;
      --halo: #232120; } }
    .c0 { stroke: var(--c0); } .c1 { stroke: var(--c1); } .c2 { stroke: var(--c2); }
    .c3 { stroke: var(--c3); } .c4 { stroke: var(--c4); } .c5 { stroke: var(--c5); }
    .c6 { stroke: var(--c6); } .c7 { stroke: var(--c7); }
    .d1 { stroke-dasharray: 6 3; } .d2 { stroke-dasharray: 1.5 3; } .d3 { stroke-dasharray: 9 3 2 3; }
    .d4 { stroke-dasharray: 12 4; } .d5 { stroke-dasharray: 5 2 1.5 2 1.5 2; }
    .d6 { stroke-dasharray: 3 2; } .d7 { stroke-dasharray: 12 3 5 3; }
    path { fill: none; stroke-linejoin: round; }
    .line { stroke-width: 1.8; } .faint { stroke-width: .7; opacity: .4; }
    .dot, .point { stroke: none; } .dot { opacity: .55; }
    .dot.c0, .point.c0 { fill: var(--c0); } .dot.c1, .point.c1 { fill: var(--c1); }
    .dot.c2, .point.c2 { fill: var(--c2); } .dot.c3, .point.c3 { fill: var(--c3); } .dot.c4, .point.c4 { fill: var(--c4); }
    .dot.c5, .point.c5 { fill: var(--c5); } .dot.c6, .point.c6 { fill: var(--c6); } .dot.c7, .point.c7 { fill: var(--c7); }
    .grid { stroke: var(--rule); } .axis { stroke: var(--soft); }
    .mark { stroke: var(--soft); stroke-dasharray: 2 4; opacity: .7; }
    .bound { stroke: var(--c2); } .bound-label { fill: var(--c2);
      paint-order: stroke; stroke: var(--halo); stroke-width: 3px; }
    .band { fill: var(--shade); opacity: .55; }
    rect.right { fill: var(--c1); } rect.wrong { fill: var(--c0); }
    rect.frame { fill: none; stroke: var(--soft); }
    .on-dark { fill: #ffffff; } .on-light { fill: var(--ink); }
    .tick { fill: var(--soft); } .end { text-anchor: end; } .middle { text-anchor: middle; }
    """

  /// What the page needs beside.
  static let page = """
    :root { color-scheme: light dark; --ink: #1c1b1a; --soft: #6f6b66; --rule: #e6e2dc;
      --paper: #fbfaf8; --card: #ffffff; --accent: #b3402a; }
    @media (prefers-color-scheme: dark) { :root { --ink: #ece8e2; --soft: #a09a92; --rule: #383532;
      --paper: #1a1918; --card: #232120; --accent: #f08a6c; } }
    * { box-sizing: border-box; }
    body { margin: 0; background: var(--paper); color: var(--ink);
      font: 16px/1.55 system-ui, -apple-system, "Segoe UI", sans-serif; }
    main { max-width: 820px; margin: 0 auto; padding: 40px 20px 64px; }
    h1 { font-size: 30px; line-height: 1.2; margin: 0 0 6px; letter-spacing: -.01em; }
    h2 { font-size: 18px; margin: 36px 0 10px; }
    .lead { font-size: 18px; color: var(--soft); margin: 0 0 24px; }
    .metrics { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; }
    .metric { background: var(--card); border: 1px solid var(--rule); border-radius: 10px;
      padding: 12px 14px; }
    .metric b { display: block; font-size: 22px; font-variant-numeric: tabular-nums; }
    .metric span { color: var(--soft); font-size: 13px; }
    .card { background: var(--card); border: 1px solid var(--rule); border-radius: 10px;
      padding: 12px; margin: 0 0 14px; }
    svg.chart { width: 100%; height: auto; display: block; }
    pre { background: var(--card); border: 1px solid var(--rule); border-radius: 10px;
      padding: 12px 14px; overflow-x: auto; font: 13px/1.5 ui-monospace, monospace;
      white-space: pre-wrap; word-break: break-word; }
    ul { padding-left: 20px; } li { margin: 4px 0; }
    table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 14px; }
    th, td { text-align: right; padding: 4px 14px 4px 0; border-bottom: 1px solid var(--rule); }
    th { color: var(--soft); font-weight: normal; }
    .samples { display: grid; grid-template-columns: repeat(auto-fill, minmax(104px, 1fr)); gap: 10px; }
    .samples figure { margin: 0; } .samples img { width: 100%; display: block; border-radius: 6px; }
    .samples.small img { image-rendering: pixelated; }
    .samples figcaption { color: var(--soft); font-size: 12px; line-height: 1.3; margin-top: 3px; }
    .note { border-left: 3px solid var(--accent); padding: 4px 12px; margin: 10px 0; }
    .pictures { display: grid; grid-template-columns: repeat(auto-fill, minmax(120px, 1fr)); gap: 12px; }
    .masks { display: grid; grid-template-columns: repeat(auto-fill, minmax(240px, 1fr)); gap: 12px; }
    figure { margin: 0; font-size: 13px; line-height: 1.35; overflow-wrap: anywhere; }
    figure img { width: 100%; image-rendering: pixelated; border-radius: 6px; display: block;
      margin-bottom: 4px; }
    .wide { overflow-x: auto; } .found { margin: 0 0 18px; }
    .boxes { width: 100%; height: auto; display: block; border-radius: 6px; margin-bottom: 4px; }
    .boxes rect { fill: transparent; stroke-width: 2; vector-effect: non-scaling-stroke; }
    .boxes text { font-family: system-ui, sans-serif; font-weight: 600; paint-order: stroke;
      stroke: rgba(0, 0, 0, .7); stroke-width: 3px; }
    .examples { display: flex; flex-wrap: wrap; gap: 14px; }
    .examples figure { max-width: 380px; background: var(--card); border: 1px solid var(--rule);
      border-radius: 10px; padding: 8px; }
    .group { display: flex; flex-wrap: wrap; gap: 6px; } .group svg { width: 112px; height: auto; }
    .examples figcaption { color: var(--soft); font-size: 12px; line-height: 1.35; }
    footer { color: var(--soft); font-size: 13px; margin-top: 40px; }
    @media print { :root { color-scheme: light; --ink: #1c1b1a; --soft: #6f6b66; --rule: #e6e2dc;
        --paper: #ffffff; --card: #ffffff; --accent: #b3402a; }
      main { max-width: none; padding: 0; } .card, .metric, figure, tr { break-inside: avoid; }
      h2 { break-after: avoid; } }
    """

  /// What charts need that can be zoomed and read.
  static let interactive = """
    .plot { position: relative; touch-action: pan-y; }
    .plot svg.chart { cursor: crosshair; overflow: hidden; }
    .plot svg.chart:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
    .chart-head { display: flex; flex-wrap: wrap; gap: 2px 10px; align-items: center; font-size: 13px; }
    .chart-head h3 { font-size: 14px; font-weight: 600; margin: 0 auto 0 0; }
    .chart-head button, .legend button { font: inherit; font-size: 12px; color: var(--soft);
      background: none; border: 1px solid transparent; border-radius: 6px; padding: 1px 7px; cursor: pointer; }
    .chart-head button:hover, .legend button:hover, .chart-head button[aria-pressed=true] {
      border-color: var(--rule); color: var(--ink); }
    .legend { display: flex; flex-wrap: wrap; gap: 0 6px; }
    .legend svg { width: 24px; height: 10px; vertical-align: middle; margin-right: 5px; }
    .legend button[aria-pressed=false] { opacity: .4; text-decoration: line-through; }
    .tip { position: absolute; pointer-events: none; background: var(--card); color: var(--ink);
      border: 1px solid var(--rule); border-radius: 8px; box-shadow: 0 2px 10px rgba(0, 0, 0, .14);
      padding: 5px 9px; font-size: 12px; line-height: 1.45; font-variant-numeric: tabular-nums;
      max-width: 90%; z-index: 2; }
    .tip b { font-weight: 600; } .tip span { white-space: nowrap; display: block; }
    .tip i { display: inline-block; width: 9px; height: 9px; border-radius: 5px; margin-right: 5px; }
    .cross { stroke: var(--soft); } .selection { fill: var(--c6); opacity: .15; }
    .values { font-size: 13px; color: var(--soft); margin-top: 2px; overflow-x: auto; }
    .values summary { cursor: pointer; width: max-content; }
    .k0 { background: var(--c0); } .k1 { background: var(--c1); } .k2 { background: var(--c2); }
    .k3 { background: var(--c3); } .k4 { background: var(--c4); } .k5 { background: var(--c5); }
    .k6 { background: var(--c6); } .k7 { background: var(--c7); }
    @media print { .chart-head button, .values, .tip { display: none; } }
    """
}
