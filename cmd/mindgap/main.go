// Mindgap probes pretrained image–text models for the modality gap. Run "mindgap help", or read the README.
package main

import "os"

func main() { os.Exit(Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }
