import Foundation

/// The script that draws charts in a browser, the same in reports and in the page of `rondo watch`.
public enum ChartScript {
  /// The script: `rondoCharts.draw(element, chart, options)` and `rondoCharts.upgrade(document)`.
  public static let text = String(decoding: PackageResources.charts_js, as: UTF8.self)
}
