resource a 'x/y@1' = {
  name: 'a
  properties: {
    b: [1, (2 }

var c = '''open
param d {
@e(
output f