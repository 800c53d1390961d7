using Mesh.Client.Serving;
using Mesh.Contracts.Serving;

namespace Mesh.Hub.Tests.Items;

/// <summary>What the hub registers, the serving service serves: the two agree on the convention of <see cref="Hub.Training.TrainedModel"/>.</summary>
public sealed class ServedModelTests(HubMesh fixture)
{
    [Fact]
    public async Task A_trained_model_is_served()
    {
        using var mesh = fixture.NewProject();
        await mesh.UploadAsync("cells", "breast_cancer.csv");
        await mesh.RunItemAsync("auto-trainer", ("dataset", "cells"), ("target", "diagnosis"), ("model", "cells"), ("alias", "champion"), ("algorithms", "lbfgs"));
        var version = await mesh.Project().Models.GetVersionAsync("cells", "champion");
        await mesh.Project().Endpoints.DeployAsync("cells", new DeployEndpoint("cells"));
        (await mesh.Project().Endpoints.WaitAsync("cells", 1)).Status.ShouldBe(EndpointStatus.Ready);
        var table = RealData.BreastCancer;
        var request = new InferRequest([.. version.Signature.Inputs.Select(i => Tensors.Fp32(i.Name, [.. table.Find(i.Name)!.Numbers!.Select(v => (float)v)]))]);
        var answer = await mesh.Project().Endpoints.InferAsync("cells", request);
        var said = answer.Output("PredictedLabel").AsText();
        said.Where((label, row) => label == table.Find("diagnosis")!.TextAt(row)).Count().ShouldBeGreaterThan(530);
        answer.Output("Probability").AsNumbers().ShouldAllBe(p => p >= 0 && p <= 1);
    }

}
