// Checks histories for linearizability: JSON lines on stdin, one operation each, as histories.py writes them.
// Prints "ok", "illegal KEY" or "unknown KEY" (no answer in time); the exit code is 0, 1 or 2.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/anishathalye/porcupine"
)

// Operation is one call. Kind: read, write, cas of a register; acquire, release of a lock.
type Operation struct {
	Client int    `json:"client"`
	Key    string `json:"key"`
	Kind   string `json:"kind"`
	From   string `json:"from"` // cas: what must be there
	To     string `json:"to"`   // write, cas: the value; acquire, release: the session
	Value  string `json:"value"` // read: what was there
	Done   bool   `json:"done"`
	Known  bool   `json:"known"` // false: nobody knows whether it happened
	Begin  int64  `json:"begin"`
	End    int64  `json:"end"`
}

func step(state, input, _ interface{}) (bool, interface{}) {
	now, op := state.(string), input.(Operation)
	next, possible := now, true
	switch op.Kind {
	case "read":
		return op.Value == now, now
	case "write":
		next = op.To
	case "cas":
		if possible = now == op.From; possible {
			next = op.To
		}
	case "acquire":
		if possible = now == "" || now == op.To; possible {
			next = op.To
		}
	case "release":
		if possible = now == op.To; possible {
			next = ""
		}
	}
	if !op.Known {
		return true, next
	}
	return op.Done == possible, next
}

func main() {
	byKey := map[string][]porcupine.Operation{}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var op Operation
		if err := json.Unmarshal(lines.Bytes(), &op); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		byKey[op.Key] = append(byKey[op.Key], porcupine.Operation{
			ClientId: op.Client, Input: op, Call: op.Begin, Output: nil, Return: op.End})
	}
	model := porcupine.Model{Init: func() interface{} { return "" }, Step: step}
	for key, operations := range byKey {
		switch porcupine.CheckOperationsTimeout(model, operations, time.Minute) {
		case porcupine.Illegal:
			fmt.Println("illegal", key)
			os.Exit(1)
		case porcupine.Unknown:
			fmt.Println("unknown", key)
			os.Exit(2)
		}
	}
	fmt.Println("ok")
}
