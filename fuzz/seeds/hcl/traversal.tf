a = x.0.y.*.z["k"][*].w[each.key]
