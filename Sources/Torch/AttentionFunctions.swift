import CTorch

/// Returns, for each query, the values' mean weighed by how well their keys match it: softmax(q k^T / sqrt(d)) v.
///
/// - Parameters:
///   - query: [N, heads, tokens, d].
///   - key: [N, heads, others, d].
///   - value: [N, heads, others, d].
/// - Source: Vaswani et al., *Attention Is All You Need* (2017), equation 1.
public func attention(query: Tensor, key: Tensor, value: Tensor) -> Tensor {
  call("attention", all: [query, key, value]) { ct_attention($0[0], $0[1], $0[2], $1, $2) }
}
