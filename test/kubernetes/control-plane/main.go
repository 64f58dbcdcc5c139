// Command kube holds the programs of a Kubernetes control plane, unchanged, in one binary: the first argument says which.
// One binary compiles and links once what all of them share.
package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	kubectl "k8s.io/kubectl/pkg/cmd"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllers "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"

	// The programs' own mains import these for what they register.
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
)

var parts = map[string]func() int{
	"etcd":        etcd,
	"apiserver":   command(apiserver.NewAPIServerCommand),
	"controllers": command(controllers.NewControllerManagerCommand),
	"scheduler":   command(func() *cobra.Command { return scheduler.NewSchedulerCommand() }),
	"kubectl":     command(kubectl.NewDefaultKubectlCommand),
}

func main() {
	if len(os.Args) > 1 {
		if run, ok := parts[os.Args[1]]; ok {
			os.Args = slices.Delete(os.Args, 1, 2)
			os.Exit(run())
		}
	}
	var names []string
	for name := range parts {
		names = append(names, name)
	}
	slices.Sort(names)
	fmt.Fprintf(os.Stderr, "usage: kube %s [flags]\n", strings.Join(names, "|"))
	os.Exit(2)
}

func etcd() int {
	etcdmain.Main(os.Args)
	return 0
}

func command(make func() *cobra.Command) func() int {
	return func() int { return cli.Run(make()) }
}
