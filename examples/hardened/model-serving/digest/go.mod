module northwind.internal/digest

go 1.24

require github.com/openai/openai-go/v2 v2.7.1
