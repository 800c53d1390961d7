using System.Globalization;
using System.Text;
using Mesh.Hub.Running;
using Mesh.Hub.Tables;
using Mesh.Hub.Training;

namespace Mesh.Hub.Tests.Training;

public sealed class TrainingPlanTests
{
    private static readonly string Rows = string.Concat(Enumerable.Range(0, 60).Select(i => string.Create(CultureInfo.InvariantCulture, $"{i * 1.5},{i % 3},{(i % 2 == 0 ? "no" : "yes")}\n")));

    [Fact]
    public void Decides_task_positive_class_and_split()
    {
        var plan = Plan("a,b,y\n" + Rows, ("target", "y"));
        plan.Data.Task.ShouldBe(LearningTask.Binary);
        plan.Data.Positive.ShouldBe("yes");
        plan.Metric.Name.ShouldBe("accuracy");
        plan.Train.Length.ShouldBe(48);
        plan.Held.Length.ShouldBe(12);
        plan.Train.Intersect(plan.Held).ShouldBeEmpty();
        plan.Held.Count(r => plan.Data.Target.TextAt(r) == "yes").ShouldBe(6);
    }

    [Theory]
    [InlineData("y", "auto", LearningTask.Binary)]
    [InlineData("b", "auto", LearningTask.Multiclass)]
    [InlineData("a", "auto", LearningTask.Regression)]
    [InlineData("b", "regression", LearningTask.Regression)]
    public void Tells_the_task_by_the_target(string target, string task, object expected) =>
        Plan("a,b,y\n" + Rows, ("target", target), ("task", task)).Data.Task.ShouldBe((LearningTask)expected);

    [Theory]
    [InlineData("target=nope", "t.csv has no column 'nope' (the target); its columns are a, b, y.")]
    [InlineData("target=y;metric=speed", "There is no metric 'speed'; for classification there are accuracy, macro-accuracy, auc, f1, precision, recall, log-loss.")]
    [InlineData("target=y;metric=rmse", "The metric 'rmse' does not suit classification; choose one of accuracy, macro-accuracy, auc, f1, precision, recall, log-loss.")]
    [InlineData("target=a;algorithms=lbfgs", "There is no algorithm 'lbfgs' for regression; there are fast-forest, fast-tree, light-gbm, sdca.")]
    [InlineData("target=y;algorithms=deep-thought", "There is no algorithm 'deep-thought' for classification; there are fast-forest, fast-tree, light-gbm, sdca, lbfgs, averaged-perceptron.")]
    [InlineData("target=y;folds=1", "The param 'folds' must be a whole number from 2 to 20, not '1'.")]
    [InlineData("target=y;folds=many", "The param 'folds' must be a whole number from 2 to 20, not 'many'.")]
    [InlineData("target=y;test-size=1", "The param 'test-size' must be a number from 0.05 to 0.9, not '1'.")]
    [InlineData("target=y;task=guess", "The param 'task' must be one of auto, classification, regression, not 'guess'.")]
    [InlineData("target=y;task=regression", "The target 'y' is not numeric, as regression needs it: it holds 'no'.")]
    [InlineData("target=y;positive=maybe", "The positive class 'maybe' does not occur in the target 'y'.")]
    [InlineData("target=y;exclude=a,b", "t.csv has no column to learn from beside the target 'y'.")]
    [InlineData("target=y;exclude=zz", "t.csv has no column 'zz' (named by exclude); its columns are a, b, y.")]
    public void Params_that_cannot_be_met_are_refused_in_one_sentence(string values, string sentence) =>
        Refused("a,b,y\n" + Rows, values).ShouldBe(sentence);

    [Fact]
    public void Data_that_cannot_be_learnt_from_is_refused_in_one_sentence()
    {
        Refused("a,y\n1,x\n2,x\n3,x\n", "target=y").ShouldBe("The target 'y' has one class only, 'x': there is nothing to tell apart.");
        Refused("a,y\n1,\n2,\n", "target=y").ShouldBe("The target 'y' has no values.");
        Refused("a,b,y\n1,,p\n2,,q\n3,,p\n", "target=y").ShouldBe("t.csv: the column 'b' has no values; leave it out with exclude.");
        Refused("a,y\n1,p\n2,q\n3,p\n", "target=y").ShouldStartWith("t.csv leaves 3 rows to learn from; 5 folds need at least 10.");
        Refused("a,y\n" + string.Concat(Enumerable.Range(0, 50).Select(i => $"{i},{(i == 0 ? "p" : "q")}\n")), "target=y")
            .ShouldBe("The class 'p' has 1 rows to learn from; 5 folds need at least 5.");
        Refused("a,y\n" + string.Concat(Enumerable.Range(0, 50).Select(i => $"{(i == 7 ? "broken" : $"{i}.5")},{(i % 2 == 0 ? "p" : "q")}\n")), "target=y")
            .ShouldBe("t.csv, line 9: the column 'a' holds numbers, but here 'broken'; mend it or leave the column out with exclude.");
    }

    [Fact]
    public void Numbers_that_models_cannot_hold_are_refused_with_their_line()
    {
        const string Large = "1e300,1,yes\n";
        var rows = Read("a,b,y\n" + Rows + Large);
        var data = TrainingData.Of(rows, "y", "auto", [], null, _ => { });
        Should.Throw<HubFailure>(() => data.Features.View(rows, data.Rows)).Message
            .ShouldBe("t.csv, line 62: the column 'a' holds 1e300, and models take numbers up to 3.4e38 only.");
        data.Features.View(rows, [0, 1]).GetRowCount().ShouldBe(2);
        Refused("a,b,y\n" + Rows + Large, "target=a").ShouldBe("t.csv, line 62: the column 'a' holds 1e300, and models take numbers up to 3.4e38 only.");
    }

    [Fact]
    public void Rows_without_a_target_are_left_out_and_said_so()
    {
        var notes = new List<string>();
        var plan = Plan("a,b,y\n" + Rows + "1,2,\n", notes, ("target", "y"));
        plan.Data.Rows.Length.ShouldBe(60);
        notes.ShouldBe(["leaving out 1 rows that have no 'y'"]);
    }

    [Fact]
    public void Another_data_set_can_be_held_back()
    {
        var plan = TrainingPlan.Of(Read("a,b,y\n" + Rows), Read("y,b,a\nyes,1,2\n,1,2\n"), Values(("target", "y")), _ => { });
        plan.Train.Length.ShouldBe(60);
        plan.Held.ShouldBe([0]);
    }

    [Fact]
    public void Folds_keep_the_classes_in_proportion()
    {
        var data = TrainingData.Of(RealData.BreastCancer, "diagnosis", "auto", [], null, _ => { });
        var parts = Split.IntoParts(data.Rows, data.Strata, 5, 1);
        for (var part = 0; part < 5; part++)
        {
            var rows = data.Rows.Where((_, i) => parts[i] == part).ToArray();
            rows.Length.ShouldBeInRange(113, 114);
            rows.Count(r => data.Target.TextAt(r) == "malignant").ShouldBeInRange(42, 43);
        }
    }

    private static string Refused(string csv, string values) => Should.Throw<HubFailure>(() => Plan(
        csv, [.. values.Split(';').Select(v => (v.Split('=')[0], v.Split('=')[1]))])).Message;

    private static TrainingPlan Plan(string csv, params (string, string)[] values) => Plan(csv, [], values);

    private static TrainingPlan Plan(string csv, List<string> notes, params (string, string)[] values) => TrainingPlan.Of(Read(csv), null, Values(values), notes.Add);

    private static Parameters Values(params (string Name, string Value)[] values)
    {
        var all = new Dictionary<string, string> { ["dataset"] = "d", ["model"] = "m" };
        foreach (var (name, value) in values) all[name] = value;
        return new Parameters(new AutoTrainerItem().Item, all);
    }

    private static Table Read(string text)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(text));
        return CsvTable.Read(stream, "t.csv");
    }
}
