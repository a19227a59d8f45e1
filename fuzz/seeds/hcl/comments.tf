# one
// two
/* three
 four */ a = [ # five
  1, /* six */ 2
]
