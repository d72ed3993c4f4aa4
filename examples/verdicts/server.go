// Answers each request with the number of words in its body. With "keep", it remembers every body.
package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
)

func main() {
	keep := os.Args[2] == "keep"
	var lock sync.Mutex
	var kept [][]byte
	http.HandleFunc("/", func(response http.ResponseWriter, request *http.Request) {
		body, _ := io.ReadAll(request.Body)
		if keep {
			lock.Lock()
			kept = append(kept, body)
			lock.Unlock()
		}
		fmt.Fprint(response, len(strings.Fields(string(body))))
	})
	panic(http.ListenAndServe("127.0.0.1:"+os.Args[1], nil))
}
