a = "
b = [1
resource "c" "d" {
  e = (

resource "f" "g" {
}
}
