// Prints every test case that cyclonus generates, with cyclonus's own answer for each flow, as JSON lines:
// what apidown's evaluator of NetworkPolicies is compared against.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	"github.com/mattfenwick/cyclonus/pkg/connectivity"
	"github.com/mattfenwick/cyclonus/pkg/connectivity/probe"
	"github.com/mattfenwick/cyclonus/pkg/generator"
	"github.com/mattfenwick/cyclonus/pkg/kube"
	"github.com/mattfenwick/cyclonus/pkg/matcher"
	"github.com/mattfenwick/cyclonus/pkg/recipes"
	v1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// Addresses outside the cluster: cyclonus's cases probe between pods only, its matcher knows external peers too.
var external = []string{"203.0.113.7", "192.168.1.200", "192.168.242.249", "2001:db8::7", "fd00:10:244::7"}

type flow struct {
	From     string      `json:"from"`
	To       string      `json:"to"`
	Port     int         `json:"port"`
	Protocol v1.Protocol `json:"protocol"`
	Ingress  bool        `json:"ingress"`
	Egress   bool        `json:"egress"`
}

type step struct {
	Case       string                        `json:"case"`
	Step       int                           `json:"step"`
	Namespaces map[string]map[string]string  `json:"namespaces"`
	Pods       []*probe.Pod                  `json:"pods"`
	Policies   []*networkingv1.NetworkPolicy `json:"policies"`
	Flows      []flow                        `json:"flows"`
	// Probes of a port that the pod does not have: cyclonus gives no answer.
	Invalid int `json:"invalid"`
}

func main() {
	out := bufio.NewWriter(os.Stdout)
	encoder := json.NewEncoder(out)
	for _, allowDNS := range []bool{true, false} {
		printGenerated(encoder, allowDNS, false)
	}
	printGenerated(encoder, true, true)
	for i, recipe := range recipes.AllRecipes {
		config := generator.NewProbeConfig(portOf(recipe.Port), recipe.Protocol, generator.ProbeModePodIP)
		check(encoder.Encode(answer(fmt.Sprintf("recipe %d", i+1), 1, recipe.Resources, recipe.Policies(), config)))
	}
	check(out.Flush())
}

func printGenerated(encoder *json.Encoder, allowDNS bool, ipv6 bool) {
	namespaces := []string{"x", "y", "z"}
	protocols := []v1.Protocol{v1.ProtocolTCP, v1.ProtocolUDP, v1.ProtocolSCTP}
	podIP := "192.168.1.9"
	if ipv6 {
		podIP = "fd00:10:244::9"
	}
	for _, testCase := range generator.NewTestCaseGenerator(allowDNS, podIP, namespaces, nil, nil).GenerateAllTestCases() {
		kubernetes := kube.NewMockKubernetes(1)
		resources, err := probe.NewDefaultResources(kubernetes, namespaces, []string{"a", "b", "c"}, []int{80, 81}, protocols, nil, 5, false, "")
		check(err)
		state := &connectivity.TestCaseState{Kubernetes: kubernetes, Resources: resources}
		for i, testStep := range testCase.Steps {
			for _, action := range testStep.Actions {
				check(perform(state, action))
			}
			current := state.Resources
			if ipv6 {
				current = withIPv6(current)
			}
			name := fmt.Sprintf("%s (DNS allowed: %t, IPv6: %t)", testCase.Description, allowDNS, ipv6)
			check(encoder.Encode(answer(name, i+1, current, state.Policies, testStep.Probe)))
		}
	}
}

func answer(name string, number int, resources *probe.Resources, policies []*networkingv1.NetworkPolicy, config *generator.ProbeConfig) step {
	result := step{Case: name, Step: number, Namespaces: resources.Namespaces, Pods: resources.Pods, Policies: policies, Flows: []flow{}}
	parsed := matcher.BuildNetworkPolicies(true, policies)
	jobs := (&probe.JobBuilder{TimeoutSeconds: 1}).GetJobsForProbeConfig(resources, config)
	result.Invalid = len(jobs.BadNamedPort) + len(jobs.BadPortProtocol)
	ask := func(from string, to string, traffic *matcher.Traffic) {
		allowed := parsed.IsTrafficAllowed(traffic)
		result.Flows = append(result.Flows, flow{from, to, traffic.ResolvedPort, traffic.Protocol, allowed.Ingress.IsAllowed(), allowed.Egress.IsAllowed()})
	}
	for _, job := range jobs.Valid {
		traffic := job.Traffic()
		ask(job.FromKey, job.ToKey, traffic)
		if job.FromKey != job.ToKey {
			continue
		}
		// Once for each pod, port and protocol: in from outside, and out to it.
		for _, address := range external {
			outside := &matcher.TrafficPeer{IP: address}
			ask(address, job.ToKey, &matcher.Traffic{Source: outside, Destination: traffic.Destination, ResolvedPort: traffic.ResolvedPort, ResolvedPortName: traffic.ResolvedPortName, Protocol: traffic.Protocol})
			// A port's name is the destination pod's: an outside address has none.
			ask(job.FromKey, address, &matcher.Traffic{Source: traffic.Source, Destination: outside, ResolvedPort: traffic.ResolvedPort, Protocol: traffic.Protocol})
		}
	}
	return result
}

func perform(state *connectivity.TestCaseState, action *generator.Action) error {
	switch {
	case action.CreatePolicy != nil:
		return state.CreatePolicy(action.CreatePolicy.Policy)
	case action.UpdatePolicy != nil:
		return state.UpdatePolicy(action.UpdatePolicy.Policy)
	case action.DeletePolicy != nil:
		return state.DeletePolicy(action.DeletePolicy.Namespace, action.DeletePolicy.Name)
	case action.CreateNamespace != nil:
		return state.CreateNamespace(action.CreateNamespace.Namespace, action.CreateNamespace.Labels)
	case action.SetNamespaceLabels != nil:
		return state.SetNamespaceLabels(action.SetNamespaceLabels.Namespace, action.SetNamespaceLabels.Labels)
	case action.DeleteNamespace != nil:
		return state.DeleteNamespace(action.DeleteNamespace.Namespace)
	case action.ReadNetworkPolicies != nil:
		return state.ReadPolicies(action.ReadNetworkPolicies.Namespaces)
	case action.CreatePod != nil:
		return state.CreatePod(action.CreatePod.Namespace, action.CreatePod.Pod, action.CreatePod.Labels)
	case action.SetPodLabels != nil:
		return state.SetPodLabels(action.SetPodLabels.Namespace, action.SetPodLabels.Pod, action.SetPodLabels.Labels)
	case action.DeletePod != nil:
		return state.DeletePod(action.DeletePod.Namespace, action.DeletePod.Pod)
	default:
		return fmt.Errorf("an action of a kind that this program does not know: %+v", action)
	}
}

// withIPv6 gives the same resources with the n-th pod at fd00:10:244::n.
func withIPv6(resources *probe.Resources) *probe.Resources {
	pods := make([]*probe.Pod, len(resources.Pods))
	for i, pod := range resources.Pods {
		pods[i] = probe.NewPod(pod.Namespace, pod.Name, pod.Labels, fmt.Sprintf("fd00:10:244::%x", i+1), pod.Containers)
	}
	return &probe.Resources{Namespaces: resources.Namespaces, Pods: pods}
}

func portOf(number int) intstr.IntOrString {
	return intstr.FromInt32(int32(number))
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
