-- Gives each request another client address, so that no client reaches a rate limit.
request = function()
  local network = string.format("%d.%d.%d", math.random(1, 223), math.random(0, 255), math.random(0, 255))
  return wrk.format(nil, nil, {["X-Forwarded-For"] = network .. ".1"})
end
