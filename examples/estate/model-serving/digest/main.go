// Writes the daily digest of support conversations with the model that the cluster serves.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"

	openai "github.com/openai/openai-go/v2"
	"github.com/openai/openai-go/v2/option"
)

func main() {
	conversations, err := io.ReadAll(os.Stdin)
	if err != nil {
		log.Fatal(err)
	}
	client := openai.NewClient(option.WithBaseURL("http://vllm.models.svc.cluster.local/v1"))
	digest, err := client.Chat.Completions.New(context.Background(), openai.ChatCompletionNewParams{
		Model: "example-org/support-8b",
		Messages: []openai.ChatCompletionMessageParamUnion{
			openai.SystemMessage("Sum up what customers asked for today, in ten lines, without names."),
			openai.UserMessage(string(conversations)),
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(digest.Choices[0].Message.Content)
}
