resource "aws_iam_role" "r" {
  name = "r"
}
resource "aws_sagemaker_notebook_instance" "n" {
  count    = 2
  name     = "n${count.index}"
  role_arn = aws_iam_role.r.arn
  tags     = { for k in ["a", "b"] : k => upper(k) }
}
