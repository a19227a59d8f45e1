nullable     = null
not_nullable = null
list         = null
explicit     = null
