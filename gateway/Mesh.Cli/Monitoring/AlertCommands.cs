using System.CommandLine;
using Mesh.Contracts.Functions;
using Mesh.Contracts.Monitoring;

namespace Mesh.Cli.Monitoring;

/// <summary><c>mesh alerts …</c></summary>
internal static class AlertCommands
{
    private static readonly Argument<string> Rule = Options.Name("rule", "Name of the rule.");
    private static readonly Option<string> On = new("--on") { Description = "Type of event that fires it.", DefaultValueFactory = _ => "drift.detected", HelpName = "type" };
    private static readonly Option<string?> Subject = new("--subject") { Description = "Only events about this, such as an endpoint." };
    private static readonly Option<string?> Function = new("--function") { Description = "A function to run." };
    private static readonly Option<string?> Item = new("--item") { Description = "A hub item to run." };
    private static readonly Option<string[]> Params = Options.Pairs("--param", "A param of the job; {{endpoint}}, {{model}}, {{event}} and {{subject}} are filled in.", "-p");
    private static readonly Option<int> Cooldown = new("--cooldown") { Description = "Seconds after an activation in which events are counted, not acted on." };
    private static readonly Option<string?> Description = new("--description") { Description = "What it is for." };

    public static Command Create() => Verb.Noun(
        "alerts", "Alert rules: what to do when something happens.",
        Verb.Of("list", "List rules.", [], context => context.Output.TableAsync(
            context.Project.Alerts.ListAsync(context.Ct), "There is no rule. Define one: mesh alerts define NAME --on drift.detected --item auto-trainer …",
            ["rule", "on", "subject", "runs", "#activations", "last"], r => [r.Name, r.EventType, r.Subject ?? "any", r.Action.Job?.Item ?? r.Action.Job?.Function, r.Activations, r.LastActivatedAt], ct: context.Ct)),
        Verb.Of("define", "Define a rule that submits a job.", [Rule, On, Subject, Function, Item, Params, Cooldown, Description], async context => Show(context, await context.Project.Alerts.DefineAsync(
            context.Get(Rule), new DefineAlertRule(
                context.Get(On), new AlertAction(new SubmitJob(context.Get(Function), Item: context.Get(Item), Params: Options.ToPairs(context.Get(Params), "--param"))),
                context.Get(Subject), context.Get(Cooldown), context.Get(Description)), context.Ct))),
        Verb.Of("show", "Show a rule.", [Rule], async context => Show(context, await context.Project.Alerts.GetAsync(context.Get(Rule), context.Ct))),
        Verb.Of("activations", "List the times that a rule fired.", [Rule], context => context.Output.TableAsync(
            context.Project.Alerts.ActivationsAsync(context.Get(Rule), context.Ct), "It has not fired.", ["when", "event", "job", "cause"], a => [a.At, a.EventId, a.JobId, a.Cause], ct: context.Ct)),
        Verb.Of("delete", "Delete a rule.", [Rule], async context =>
        {
            await context.Project.Alerts.DeleteAsync(context.Get(Rule), context.Ct);
            context.Output.Done(new { project = context.ProjectName, name = context.Get(Rule), deleted = true }, $"The rule {context.Get(Rule)} is deleted.");
        }));

    private static void Show(Context context, AlertRuleInfo rule) => context.Output.Object(
        rule, ("rule", rule.Name), ("on", rule.EventType), ("subject", rule.Subject ?? "any"), ("runs", rule.Action.Job?.Item ?? rule.Action.Job?.Function),
        ("params", rule.Action.Job?.Params), ("cooldown", TimeSpan.FromSeconds(rule.CooldownSeconds)), ("activations", rule.Activations), ("last", rule.LastActivatedAt),
        ("description", rule.Description), ("created", rule.CreatedAt), ("by", rule.CreatedBy));
}
