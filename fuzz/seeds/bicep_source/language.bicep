metadata owner = { team: 'x' }
import { a, b as c } from './shared.bicep'
import * as all from 'br/public:avm/utl/types:0.1.0'
extension microsoftGraphV1

type mode = 'on' | 'off' | null
type point = {
  @minValue(0)
  x: int
  y: int?
  *: string[]
}
type pair = [int, point.x]
type input = resourceInput<'Microsoft.Storage/storageAccounts@2023-05-01'>.properties

func join(a string, b string[]) string => '${a}/${reduce(b, '', (x, y) => '${x}${y}')}'

@export()
var text = '''
line 'one' ${none}
'''
var filled = $$'''${a} $${b}'''
var escaped = 'it\'s \${x} \u{1F600} \\ \n'
var list = [
  1
  -2, 3
  ...all.list
  items[^1]
  items[?0].?x
]
var chosen = (a && !b || c)
  ? a =~ 'x'
  : b !~ 'y' ?? d % 2 * 3 >= 4

/* two
lines */
module inner 'br:example.com/m:1' = if (chosen) {
  name: 'inner'
  scope: subscription('s')
  params: {
    values: map(range(0, 3), i => i * 2)
  }
}

assert positive = list[0] > 0
