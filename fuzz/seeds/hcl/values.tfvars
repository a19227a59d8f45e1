region = "eu-west-1"
sizes = [
  1,
  2
]
k = { a = 1, a = 2 }
