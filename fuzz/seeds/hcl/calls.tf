a = provider::aws::f(merge({}, x...), jsonencode({ a : [1, 2.5e3,] }))
