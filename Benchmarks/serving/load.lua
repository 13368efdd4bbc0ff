-- Asks a server for predictions by wrk, as load.py does: the images that are named after the address are sent in turn.
-- Prints the same as JSON: requests a second, the times of one request, and how many were not answered with 200.

local requests, last = {}, 0

function init(files)
  for index = 1, #files do
    local file = assert(io.open(files[index], "rb"))
    requests[index] = wrk.format("POST", nil, { ["Content-Type"] = "application/octet-stream" }, file:read("*a"))
    file:close()
  end
end

function request()
  last = last % #requests + 1
  return requests[last]
end

function done(summary, latency)
  local errors = summary.errors
  local lost = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  print(string.format(
    '{"requests": %d, "requests_per_second": %.2f, "p50_ms": %.3f, "p99_ms": %.3f, "lost": %d, "first_lost": []}',
    summary.requests, (summary.requests - lost) / summary.duration * 1e6,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, lost))
end
